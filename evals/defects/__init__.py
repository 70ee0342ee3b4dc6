"""Defects planted in the product at run time, each of which a scorer must catch. `registry` lists them."""
