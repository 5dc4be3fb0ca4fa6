import { describe, expect, it } from 'vitest';
import { type Due, SilenceMeter } from '../../../src/postgres/silence-watch.ts';

/** The silence after each look. */
function silences(...looks: readonly (readonly [due: Due, bytes: number])[]): number[] {
  const meter = new SilenceMeter();
  return looks.map(([due, bytes]) => meter.look(due, bytes));
}

describe('SilenceMeter counts the looks', () => {
  it('at which an answer is due and nothing has come since the last', () => {
    expect(silences(['answer', 10], ['answer', 10], ['answer', 10])).toEqual([0, 250, 500]);
  });

  it('anew with each byte that came', () => {
    expect(silences(['answer', 10], ['answer', 10], ['answer', 11], ['answer', 11])).toEqual([0, 250, 0, 250]);
  });

  it('from the question on: an idle connection may be silent for ever', () => {
    expect(silences(['nothing', 10], ['nothing', 10], ['nothing', 10], ['answer', 10], ['answer', 10])).toEqual([
      0, 0, 0, 0, 250,
    ]);
  });

  it('anew when something else is due', () => {
    expect(silences(['answer', 10], ['answer', 10], ['goodbye', 10], ['goodbye', 10])).toEqual([0, 250, 0, 250]);
  });
});
