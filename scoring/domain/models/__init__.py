"""The models, one module a family: figures in, a value with the contribution of every term out."""
