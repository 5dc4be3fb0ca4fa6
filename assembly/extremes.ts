/**
 * The least and the greatest of a run of signed integers, at least one, written one after the other to `out`: src/parquet/fixed-width-extremes.ts.
 */
export function extremesOfSingles(words: usize, count: i32, out: usize): void {
  const end = words + ((<usize>count) << 2);
  let p = words;
  let min = load<i32>(p);
  let max = min;
  if (count >= 4) {
    let mins = v128.load(p);
    let maxs = mins;
    for (; p + 16 <= end; p += 16) {
      const values = v128.load(p);
      mins = i32x4.min_s(mins, values);
      maxs = i32x4.max_s(maxs, values);
    }
    min = smaller(
      smaller(i32x4.extract_lane(mins, 0), i32x4.extract_lane(mins, 1)),
      smaller(i32x4.extract_lane(mins, 2), i32x4.extract_lane(mins, 3)),
    );
    max = greater(
      greater(i32x4.extract_lane(maxs, 0), i32x4.extract_lane(maxs, 1)),
      greater(i32x4.extract_lane(maxs, 2), i32x4.extract_lane(maxs, 3)),
    );
  }
  for (; p < end; p += 4) {
    const value = load<i32>(p);
    min = smaller(min, value);
    max = greater(max, value);
  }
  store<i32>(out, min);
  store<i32>(out, max, 4);
}

function smaller(a: i32, b: i32): i32 {
  return select(a, b, a < b);
}

function greater(a: i32, b: i32): i32 {
  return select(a, b, a > b);
}

export function extremesOfPairs(words: usize, count: i32, out: usize): void {
  const end = words + ((<usize>count) << 3);
  let min = load<i64>(words);
  let max = min;
  for (let p = words + 8; p < end; p += 8) {
    const value = load<i64>(p);
    min = select(value, min, value < min);
    max = select(value, max, value > max);
  }
  store<i64>(out, min);
  store<i64>(out, max, 8);
}
