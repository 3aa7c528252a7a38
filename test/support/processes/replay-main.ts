import { createEventOperator } from '@hyvve-events/runtime';

// A process that carries out replays, whoever started them, until it is killed.
createEventOperator({ redis: process.argv[2] ?? '', runReplays: true });
