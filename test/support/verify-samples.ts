/** A verification as the library gives it, for tests of what is printed and documented of it. */
import type { DatasetVerification, VerifyReport } from '../../src/core/verify-report.ts';

export function sampleVerification(facts: Partial<DatasetVerification> = {}): DatasetVerification {
  return {
    dataset: 'orders',
    table: 'public.orders',
    version: 3,
    status: 'same',
    sourceRows: 1200,
    isSample: false,
    asideRows: 0,
    asideDiffers: false,
    lacksWhere: false,
    lakeRows: 1200,
    columns: [],
    isMixed: false,
    rows: [],
    seconds: 1.25,
    error: null,
    ...facts,
  };
}

export function sampleVerifyReport(facts: Partial<VerifyReport> = {}): VerifyReport {
  return {
    format: 1,
    lake: '/lake',
    server: 'PostgreSQL 18.1 at db.example.com:5432/shop',
    samplePercent: null,
    datasets: [sampleVerification()],
    seconds: 2.5,
    exitCode: 0,
    ...facts,
  };
}
