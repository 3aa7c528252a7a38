// Compiled by `npm run typecheck`, never run: every line after @ts-expect-error must not compile, all others must.
import { ApprovalApproved, type ApprovalDecisionPayload } from '@hyvve-events/sdk/approval';
import type { StandardSchemaV1 } from '@standard-schema/spec';

/** True if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => undefined;

export function inference(): void {
  holds<Same<StandardSchemaV1.InferInput<typeof ApprovalApproved>, ApprovalDecisionPayload>>();
  holds<Same<StandardSchemaV1.InferOutput<typeof ApprovalApproved>, ApprovalDecisionPayload>>();
  const schema: StandardSchemaV1<ApprovalDecisionPayload> = ApprovalApproved;
  // @ts-expect-error the schema of other data
  const other: StandardSchemaV1<{ readonly other: string }> = ApprovalApproved;
  const anyOne: StandardSchemaV1 = ApprovalApproved;
  void [schema, other, anyOne];
}
