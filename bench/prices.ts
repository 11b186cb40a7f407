/**
 * List prices in dollars, us-east-1, read in November 2026 from the vendor's pricing pages. They change:
 * after a change, `npm run cost`.
 */
export const prices = {
  sqs: {
    standardPerMillionRequests: 0.4,
    fifoPerMillionRequests: 0.5,
    /** A request with more than this counts as several. */
    bytesPerRequest: 64 * 1024,
  },
  dynamodb: {
    onDemand: { perMillionWrites: 0.625, perMillionReads: 0.125 },
    provisioned: { perWriteHour: 0.00065, perReadHour: 0.00013 },
    /** Of the provisioned price, taken off for a reservation of one and of three years. */
    reservedDiscount: { oneYear: 0.54, threeYears: 0.77 },
    perGigabyteMonth: 0.25,
  },
  lambda: {
    perMillionRequests: 0.2,
    /** On arm64. */
    perGigabyteSecond: 0.0000133334,
  },
  s3: { perMillionPuts: 5, perMillionGets: 0.4 },
} as const;
