"""Wire formats: one module an API family, without I/O."""
