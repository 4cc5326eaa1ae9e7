"""What can be reached: opportunities in reach, isochrones, labour-market regions and localities."""
