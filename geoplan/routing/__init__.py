"""How one gets there: search kernels, costs, routes and skims."""
