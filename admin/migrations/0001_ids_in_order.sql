CREATE INDEX events_event_id_order ON hyvve_events.events (event_id, ms, seq);
--> statement-breakpoint
DROP INDEX hyvve_events.events_event_id;
--> statement-breakpoint
CREATE INDEX events_correlation_id_order ON hyvve_events.events (correlation_id, ms, seq);
--> statement-breakpoint
DROP INDEX hyvve_events.events_correlation_id;
--> statement-breakpoint
CREATE INDEX log_lines_event_id_order ON hyvve_events.log_lines (event_id, ms, seq);
--> statement-breakpoint
DROP INDEX hyvve_events.log_lines_event_id;
--> statement-breakpoint
CREATE INDEX dead_letters_event_id_order ON hyvve_events.dead_letters (event_id, ms, seq);
--> statement-breakpoint
DROP INDEX hyvve_events.dead_letters_event_id;
