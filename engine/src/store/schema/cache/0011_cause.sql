-- Why the site was not to be had: the word of the cause, NULL while it was.
ALTER TABLE connection ADD COLUMN cause TEXT;
