import { Redis } from 'ioredis';

/** The bookings of all accounts. Stands for the database of the service; here it is a hash of Redis for each account, by event id. */
export class Accounts {
  readonly #redis: Redis;

  constructor(url: string) {
    this.#redis = new Redis(url);
  }

  /** Writes a booking. The same event again changes nothing. */
  async book(accountId: string, eventId: string, amount: number): Promise<void> {
    await this.#redis.hsetnx(`bookings:${accountId}`, eventId, amount);
  }

  async has(accountId: string, eventId: string): Promise<boolean> {
    return (await this.#redis.hexists(`bookings:${accountId}`, eventId)) === 1;
  }

  async balance(accountId: string): Promise<number> {
    return (await this.bookings(accountId)).reduce((sum, amount) => sum + amount, 0);
  }

  /** In the order in which they were written. A withdrawal that was refused is a booking of 0. */
  async bookings(accountId: string): Promise<number[]> {
    return (await this.#redis.hvals(`bookings:${accountId}`)).map(Number);
  }

  close(): void {
    this.#redis.disconnect();
  }
}
