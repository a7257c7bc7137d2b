"""The forward process on arrays: states, training pairs, terminal states."""
