/** What one session may use. */
export interface SessionLimits {
  readonly memoryBytes: number
  readonly threads: number
  readonly spill: string
}
