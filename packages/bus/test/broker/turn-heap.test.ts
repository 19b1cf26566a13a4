import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TurnHeap } from '../../src/broker/turn-heap.js';

const inOrder = (left: readonly [number, number], right: readonly [number, number]): number =>
  left[0] - right[0] || left[1] - right[1];

/** What a sorted list would do. */
class Sorted {
  readonly #pairs: (readonly [number, number])[] = [];

  push(turn: number, number: number): void {
    this.#pairs.push([turn, number]);
    this.#pairs.sort(inOrder);
  }

  pop(): number | undefined {
    return this.#pairs.shift()?.[1];
  }

  get leastTurn(): number {
    return this.#pairs[0]?.[0] ?? Number.POSITIVE_INFINITY;
  }
}

test('numbers come out in the order of their turns, whatever goes in between', () => {
  const turn = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }));
  fc.assert(
    fc.property(fc.array(fc.option(turn), { maxLength: 200 }), (steps) => {
      const heap = new TurnHeap();
      const sorted = new Sorted();
      for (const [number, step] of steps.entries()) {
        const turns = [heap, sorted].map((one) => {
          const popped = step === null ? one.pop() : one.push(step, number);
          return [popped, one.leastTurn];
        });
        expect(turns[0]).toEqual(turns[1]);
      }
    }),
    { seed: 20_261_201 },
  );
});

test('a heap grows and shrinks, and loses nothing by it', () => {
  const heap = new TurnHeap();
  const count = 20_000;
  for (let number = 0; number < count; number++) heap.push((number * 7919) % count, number);
  expect(heap.size).toBe(count);
  const turns = Array.from({ length: count }, () => ((heap.pop() ?? 0) * 7919) % count);
  expect(turns).toEqual(Array.from({ length: count }, (_, turn) => turn));
  expect(heap.size).toBe(0);
  expect(heap.pop()).toBeUndefined();
});
