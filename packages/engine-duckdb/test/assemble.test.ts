import { expect, test } from 'vitest'
import { assemble } from '../src/wasm/assemble.ts'
import { type Cell, instanceOf } from '../src/wasm/instance.ts'

test('assembles functions, globals, blocks, loops and memory', () => {
  const text = `(module
    (memory (export "memory") 1)
    (global $calls (export "calls") (mut i32) (i32.const 0))
    (func $double (param $x i32) (result i32) (i32.add (local.get $x) (local.get $x)))
    (func $sum (export "sum") (param $upto i32) (result i32)
      (local $i i32) (local $total i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (block $done
        (loop $next
          (br_if $done (i32.gt_s (local.get $i) (local.get $upto)))
          ;; even numbers count twice
          (if (i32.and (local.get $i) (i32.const 1))
            (then (local.set $total (i32.add (local.get $total) (local.get $i))))
            (else (local.set $total (i32.add (local.get $total) (call $double (local.get $i))))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
      (i32.store offset=4 (i32.const 0) (local.get $total))
      (if (i32.lt_s (local.get $upto) (i32.const -1)) (then (return (i32.const -129))))
      (i32.load offset=4 (i32.const 0))))`
  const found = instanceOf(text) as { sum: (upto: number) => number; calls: Cell }
  expect([found.sum(4), found.sum(-2), found.calls.value]).toEqual([1 + 4 + 3 + 8, -129, 2])
})

test('what it does not know is an error, not a guess', () => {
  expect(() => assemble('(module (func $f (f32.nearest (local.get $x))))')).toThrow('does not know $x')
  expect(() => assemble('(module (func $f (f32.nearest)))')).toThrow('does not know f32.nearest')
})
