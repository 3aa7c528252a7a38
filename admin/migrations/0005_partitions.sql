-- Positions have a partition: that of all former rows is 0.
ALTER TABLE hyvve_events.events ADD COLUMN part smallint NOT NULL DEFAULT 0, DROP CONSTRAINT events_pkey, ADD PRIMARY KEY (ms, seq, part, edited);
--> statement-breakpoint
ALTER TABLE hyvve_events.log_lines ADD COLUMN part smallint NOT NULL DEFAULT 0, DROP CONSTRAINT log_lines_pkey, ADD PRIMARY KEY (ms, seq, part);
--> statement-breakpoint
ALTER TABLE hyvve_events.dead_letters ADD COLUMN part smallint NOT NULL DEFAULT 0, DROP CONSTRAINT dead_letters_pkey, ADD PRIMARY KEY (ms, seq, part);
--> statement-breakpoint
ALTER TABLE hyvve_events.deliveries ADD COLUMN event_part smallint NOT NULL DEFAULT 0;
--> statement-breakpoint
DROP INDEX hyvve_events.events_event_id_order;
--> statement-breakpoint
CREATE INDEX events_event_id_order ON hyvve_events.events (event_id, ms, seq, part);
--> statement-breakpoint
DROP INDEX hyvve_events.events_correlation_id_order;
--> statement-breakpoint
CREATE INDEX events_correlation_id_order ON hyvve_events.events (correlation_id, ms, seq, part);
--> statement-breakpoint
DROP INDEX hyvve_events.events_tenant;
--> statement-breakpoint
CREATE INDEX events_tenant ON hyvve_events.events (tenant_id, ms, seq, part);
--> statement-breakpoint
DROP INDEX hyvve_events.events_type;
--> statement-breakpoint
CREATE INDEX events_type ON hyvve_events.events (type, ms, seq, part);
--> statement-breakpoint
DROP INDEX hyvve_events.events_source;
--> statement-breakpoint
CREATE INDEX events_source ON hyvve_events.events (source, ms, seq, part);
--> statement-breakpoint
DROP INDEX hyvve_events.log_lines_event_id_order;
--> statement-breakpoint
CREATE INDEX log_lines_event_id_order ON hyvve_events.log_lines (event_id, ms, seq, part);
--> statement-breakpoint
DROP INDEX hyvve_events.log_lines_audit;
--> statement-breakpoint
CREATE INDEX log_lines_audit ON hyvve_events.log_lines (ms, seq, part) WHERE actor IS NOT NULL;
--> statement-breakpoint
DROP INDEX hyvve_events.dead_letters_event_id_order;
--> statement-breakpoint
CREATE INDEX dead_letters_event_id_order ON hyvve_events.dead_letters (event_id, ms, seq, part);
--> statement-breakpoint
DROP INDEX hyvve_events.dead_letters_tenant;
--> statement-breakpoint
CREATE INDEX dead_letters_tenant ON hyvve_events.dead_letters (tenant_id, ms, seq, part);
--> statement-breakpoint
DROP INDEX hyvve_events.dead_letters_fingerprint;
--> statement-breakpoint
CREATE INDEX dead_letters_fingerprint ON hyvve_events.dead_letters (fingerprint, ms, seq, part);
--> statement-breakpoint
-- Each stream of each partition has a cursor.
UPDATE hyvve_events.cursors SET source = source || ':0';
