"""An alert sender's body becomes our alert: a module per sender, or for several small ones. `registry` lists them."""
