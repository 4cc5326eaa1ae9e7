"""The live page of a study: change the load, the vehicle, the scenario or the day, and see the answer."""
