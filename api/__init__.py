"""The doors: alerts and answers come in, the transcript goes out; over HTTP and in the terminal.

`app.py` puts the doors together, `cli.py` is the `warroom` command, `telling.py` puts an event into one line."""
