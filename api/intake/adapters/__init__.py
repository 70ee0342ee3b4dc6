"""One module per alert sender: its body becomes our alert. `registry` lists them."""
