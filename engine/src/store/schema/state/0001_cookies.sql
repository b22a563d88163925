-- The cookies that outlive the program, each as the jar writes it.
CREATE TABLE cookie (
    text TEXT NOT NULL
) STRICT;
