-- Why a version could not be installed when it was tried last.
ALTER TABLE install ADD COLUMN failed_path TEXT;
ALTER TABLE install ADD COLUMN failed_reason TEXT;
ALTER TABLE install ADD COLUMN failed_at_ms INTEGER;
