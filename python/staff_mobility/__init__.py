"""Warehouse of Erasmus+ staff mobility: landing, statistics, report and publishing."""
