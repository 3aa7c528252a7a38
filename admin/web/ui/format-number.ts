/** @param rate 0 to 1 */
export function formatPercent(rate: number): string {
  return rate.toLocaleString(undefined, { style: 'percent', maximumFractionDigits: rate < 0.1 ? 1 : 0 });
}
