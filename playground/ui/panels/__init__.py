"""What can be seen of one run. Each panel says how to read it, and says so where there is nothing yet."""
