-- Details of lines had the data of edits, and entries that are no envelope had no id: the index is filled from the streams again.
TRUNCATE hyvve_events.events, hyvve_events.log_lines, hyvve_events.deliveries, hyvve_events.dead_letters;
--> statement-breakpoint
UPDATE hyvve_events.cursors SET position = '0-0';
