-- Two kinds of log entries have other names since 1.0.
UPDATE hyvve_events.log_lines SET kind = 'group-retired' WHERE kind = 'retired';
--> statement-breakpoint
UPDATE hyvve_events.log_lines SET kind = 'replay-started' WHERE kind = 'replayed';
