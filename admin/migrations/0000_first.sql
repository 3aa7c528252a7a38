CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE SCHEMA IF NOT EXISTS hyvve_events;
--> statement-breakpoint
CREATE TABLE hyvve_events.events (
  ms bigint NOT NULL,
  seq bigint NOT NULL,
  edited boolean NOT NULL DEFAULT false,
  event_id text NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  tenant_id text NOT NULL,
  correlation_id text NOT NULL,
  causation_id text,
  version text NOT NULL,
  published_at timestamptz,
  bytes integer NOT NULL,
  valid boolean NOT NULL,
  PRIMARY KEY (ms, seq, edited)
);
--> statement-breakpoint
CREATE INDEX events_event_id ON hyvve_events.events (event_id);
--> statement-breakpoint
CREATE INDEX events_correlation_id ON hyvve_events.events (correlation_id);
--> statement-breakpoint
CREATE INDEX events_tenant ON hyvve_events.events (tenant_id, ms, seq);
--> statement-breakpoint
CREATE INDEX events_type ON hyvve_events.events (type, ms, seq);
--> statement-breakpoint
CREATE INDEX events_source ON hyvve_events.events (source, ms, seq);
--> statement-breakpoint
CREATE TABLE hyvve_events.log_lines (
  ms bigint NOT NULL,
  seq bigint NOT NULL,
  kind text NOT NULL,
  consumer_group text NOT NULL,
  handler text NOT NULL,
  stream_id text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  tenant_id text NOT NULL,
  correlation_id text NOT NULL,
  actor text,
  origin text,
  dead_letter_id text,
  due_at bigint,
  detail text NOT NULL,
  PRIMARY KEY (ms, seq)
);
--> statement-breakpoint
CREATE INDEX log_lines_event_id ON hyvve_events.log_lines (event_id);
--> statement-breakpoint
CREATE INDEX log_lines_audit ON hyvve_events.log_lines (ms, seq) WHERE actor IS NOT NULL;
--> statement-breakpoint
CREATE TABLE hyvve_events.deliveries (
  event_id text NOT NULL,
  consumer_group text NOT NULL,
  handler text NOT NULL,
  status text NOT NULL,
  tenant_id text NOT NULL,
  event_ms bigint NOT NULL,
  event_seq bigint NOT NULL,
  due_at bigint,
  dead_letter_id text,
  ms bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (event_id, consumer_group, handler)
);
--> statement-breakpoint
CREATE INDEX deliveries_status ON hyvve_events.deliveries (status, event_ms, event_seq);
--> statement-breakpoint
CREATE INDEX deliveries_age ON hyvve_events.deliveries (ms);
--> statement-breakpoint
CREATE TABLE hyvve_events.dead_letters (
  ms bigint NOT NULL,
  seq bigint NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  tenant_id text NOT NULL,
  correlation_id text NOT NULL,
  consumer_group text NOT NULL,
  handler text NOT NULL,
  reason text NOT NULL,
  error_name text NOT NULL,
  error_message text NOT NULL,
  error_code text,
  attempts integer NOT NULL,
  fingerprint text NOT NULL,
  stream_id text NOT NULL,
  search text NOT NULL,
  PRIMARY KEY (ms, seq)
);
--> statement-breakpoint
CREATE INDEX dead_letters_event_id ON hyvve_events.dead_letters (event_id);
--> statement-breakpoint
CREATE INDEX dead_letters_tenant ON hyvve_events.dead_letters (tenant_id, ms, seq);
--> statement-breakpoint
CREATE INDEX dead_letters_fingerprint ON hyvve_events.dead_letters (fingerprint, ms, seq);
--> statement-breakpoint
CREATE INDEX dead_letters_faults ON hyvve_events.dead_letters (fingerprint, type, ms);
--> statement-breakpoint
CREATE INDEX dead_letters_search ON hyvve_events.dead_letters USING gin (search gin_trgm_ops);
--> statement-breakpoint
CREATE TABLE hyvve_events.cursors (
  source text PRIMARY KEY,
  position text NOT NULL
);
--> statement-breakpoint
INSERT INTO hyvve_events.cursors VALUES ('events', '0-0'), ('log', '0-0');
--> statement-breakpoint
CREATE TABLE hyvve_events.bulk_jobs (
  id text PRIMARY KEY,
  action text NOT NULL,
  filter text NOT NULL,
  actor text NOT NULL,
  origin text,
  tenant_id text,
  status text NOT NULL,
  total integer NOT NULL,
  succeeded integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  errors text NOT NULL DEFAULT '[]',
  position text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE INDEX bulk_jobs_created ON hyvve_events.bulk_jobs (created_at);
