-- Columns that were written and never read.
ALTER TABLE hyvve_events.log_lines DROP COLUMN stream_id;
--> statement-breakpoint
ALTER TABLE hyvve_events.deliveries DROP COLUMN tenant_id, DROP COLUMN event_ms, DROP COLUMN event_seq;
--> statement-breakpoint
-- The index of the status was dropped with the columns that it contained.
CREATE INDEX deliveries_status_order ON hyvve_events.deliveries (status, event_id);
