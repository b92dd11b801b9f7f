"""The smallest programs that could do the job, and the plain way of doing it: what our own figures are held against."""
