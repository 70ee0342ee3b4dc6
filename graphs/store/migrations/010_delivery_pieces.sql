-- A very large body is kept in pieces: one after another, so that writing it stops nobody.

CREATE TABLE IF NOT EXISTS delivery_pieces (
    ref TEXT NOT NULL,
    piece INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (ref, piece)
);
