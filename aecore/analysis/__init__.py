"""What is worked out of finished runs: maps of the holes of a plane, projections of codes and images."""
