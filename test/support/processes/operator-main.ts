import { allEvents } from '../events/events.js';
import { createRecordedOperator } from '../recording/recorded-operator.js';
import type { OperatorPlan } from './operator.js';

// An operator in a separate process, which can be killed during a call.
const plan = JSON.parse(process.argv[2] ?? '') as OperatorPlan;
const { deadLetters } = createRecordedOperator({ redis: plan.redisUrl, events: allEvents });
const by = { actor: 'ann' };
if (plan.does === 'retry') await deadLetters.retry(plan.id, by);
else if (plan.does === 'edit') await deadLetters.retryEdited(plan.id, plan.data, by);
else await deadLetters.discard(plan.id, by);
process.exit(0);
