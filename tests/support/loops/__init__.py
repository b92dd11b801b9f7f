"""Every loop there is, and a way to start its part for real with work that fails on purpose."""
