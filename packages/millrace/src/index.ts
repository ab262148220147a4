// What definition files import: the define functions alone. The command lives in its own entry.
export * from '@millrace/core'
