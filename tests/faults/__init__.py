"""Tests that do harm: processes killed, disks filled, files cut, writers set against one another."""
