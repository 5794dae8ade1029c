"""Promises that hold for every workflow and every order of events."""
