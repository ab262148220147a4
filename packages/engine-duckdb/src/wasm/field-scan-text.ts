/** The inner loop of `land/field-scan.ts`, which says what it is for. Looks are those of `land/looks.ts`. */
export const fieldScanText: string = String.raw`
(module
  (memory (export "memory") 64)
  ;; Set before: bytes that mean something, the number of columns, where their looks lie (kind + 256 * digits each),
  ;; where fields to be judged are written (column, from, to, and where their record begins and ends) and when it is time
  ;; to hand them over.
  (global $delimiter (export "delimiter") (mut i32) (i32.const 0))
  (global $quote (export "quote") (mut i32) (i32.const 0))
  (global $escape (export "escape") (mut i32) (i32.const 0))
  (global $point (export "point") (mut i32) (i32.const 0))
  (global $columns (export "columns") (mut i32) (i32.const 0))
  (global $looks (export "looks") (mut i32) (i32.const 0))
  (global $out (export "out") (mut i32) (i32.const 0))
  (global $enough (export "enough") (mut i32) (i32.const 0))
  (global $room (export "room") (mut i32) (i32.const 0))
  (global $header (export "header") (mut i32) (i32.const 0))
  ;; Found.
  (global $records (export "records") (mut i32) (i32.const 0))
  (global $odd (export "odd") (mut i32) (i32.const 0))
  (global $doubts (export "doubts") (mut i32) (i32.const 0))
  ;; Of the doubts, those of records that have ended.
  (global $settled (export "settled") (mut i32) (i32.const 0))

  (func $digit (param $at i32) (result i32)
    (i32.lt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)) (i32.const 10)))

  ;; Bits of 16 bytes that are no digits.
  (func $others (param $at i32) (result i32)
    (i32.xor (i32.const 65535) (i8x16.bitmask (i8x16.lt_u
      (i8x16.sub (v128.load (local.get $at)) (i8x16.splat (i32.const 48)))
      (i8x16.splat (i32.const 10))))))

  ;; Bits of the first bytes, of 16 at most.
  (func $first (param $size i32) (result i32)
    (i32.sub (i32.shl (i32.const 1) (local.get $size)) (i32.const 1)))

  (func $is (param $at i32) (param $byte i32) (result i32)
    (i32.eq (i32.load8_u (local.get $at)) (local.get $byte)))

  ;; 2026-01-31
  (func $date (param $from i32) (result i32)
    (i32.and
      (i32.and (call $is (i32.add (local.get $from) (i32.const 4)) (i32.const 45))
               (call $is (i32.add (local.get $from) (i32.const 7)) (i32.const 45)))
      (call $digit (i32.add (local.get $from) (i32.const 9)))))

  ;; 12:00:00, but not the end of a day
  (func $time (param $from i32) (param $to i32) (result i32)
    (if (i32.ne (i32.sub (local.get $to) (local.get $from)) (i32.const 8)) (then (return (i32.const 0))))
    (if (i32.and (call $is (local.get $from) (i32.const 50))
                 (call $is (i32.add (local.get $from) (i32.const 1)) (i32.const 52)))
      (then (return (i32.const 0))))
    (i32.and
      (i32.and (call $is (i32.add (local.get $from) (i32.const 2)) (i32.const 58))
               (call $is (i32.add (local.get $from) (i32.const 5)) (i32.const 58)))
      (call $digit (i32.sub (local.get $to) (i32.const 1)))))

  ;; 2026-01-31, or with 12:00:00, with digits of the second, and Z
  (func $moment (param $from i32) (param $to i32) (param $digits i32) (result i32)
    (local $size i32)
    (if (i32.eqz (call $date (local.get $from))) (then (return (i32.const 0))))
    (local.set $size (i32.sub (local.get $to) (local.get $from)))
    (if (i32.eq (local.get $size) (i32.const 10)) (then (return (i32.const 1))))
    (if (call $is (i32.sub (local.get $to) (i32.const 1)) (i32.const 90))
      (then (local.set $to (i32.sub (local.get $to) (i32.const 1)))
            (local.set $size (i32.sub (local.get $size) (i32.const 1)))))
    (if (i32.lt_s (local.get $size) (i32.const 19)) (then (return (i32.const 0))))
    (if (i32.eqz (i32.and (call $is (i32.add (local.get $from) (i32.const 13)) (i32.const 58))
                          (call $is (i32.add (local.get $from) (i32.const 16)) (i32.const 58))))
      (then (return (i32.const 0))))
    (if (i32.eq (local.get $size) (i32.const 19))
      (then (return (call $digit (i32.add (local.get $from) (i32.const 18))))))
    (if (i32.gt_s (local.get $size) (i32.add (i32.const 20) (local.get $digits))) (then (return (i32.const 0))))
    (if (i32.eqz (call $is (i32.add (local.get $from) (i32.const 19)) (i32.const 46))) (then (return (i32.const 0))))
    (i32.eqz (i32.and (call $others (i32.add (local.get $from) (i32.const 20)))
                      (call $first (i32.sub (local.get $size) (i32.const 20))))))

  ;; The last of the points and exponents is a point, and no exponent stands before it: DuckDB takes 1e-1. for 0.1
  (func $pointed (param $from i32) (param $last i32) (result i32)
    (if (i32.eqz (i32.or (call $is (local.get $last) (i32.const 46)) (call $is (local.get $last) (global.get $point))))
      (then (return (i32.const 0))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $from) (local.get $last)))
        (if (i32.eq (i32.or (i32.load8_u (local.get $from)) (i32.const 32)) (i32.const 101)) (then (return (i32.const 0))))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $next)))
    (i32.const 1))

  ;; The last point or exponent of a field, or the place before it.
  (func $last (param $from i32) (param $to i32) (result i32)
    (local $byte i32)
    (block $done
      (loop $back
        (local.set $to (i32.sub (local.get $to) (i32.const 1)))
        (br_if $done (i32.lt_s (local.get $to) (local.get $from)))
        (local.set $byte (i32.load8_u (local.get $to)))
        (br_if $done (i32.or (i32.eq (local.get $byte) (i32.const 46)) (i32.eq (local.get $byte) (global.get $point))))
        (br_if $back (i32.ne (i32.or (local.get $byte) (i32.const 32)) (i32.const 101)))))
    (local.get $to))

  ;; Digits with nothing but a sign before and a point among them: what nearly all numbers are, and seen at once.
  (func $short (param $from i32) (param $size i32) (param $digits i32) (result i32)
    (local $others i32) (local $at i32)
    (if (i32.gt_s (local.get $size) (i32.const 16)) (then (return (i32.const 0))))
    (local.set $others (i32.and (call $others (local.get $from)) (call $first (local.get $size))))
    (if (call $is (local.get $from) (i32.const 45))
      (then (local.set $others (i32.sub (local.get $others) (i32.const 1)))))
    (if (i32.eqz (local.get $others)) (then (return (i32.const 1))))
    (if (i32.and (local.get $others) (i32.sub (local.get $others) (i32.const 1))) (then (return (i32.const 0))))
    (local.set $at (i32.ctz (local.get $others)))
    (if (i32.gt_s (i32.sub (i32.sub (local.get $size) (local.get $at)) (i32.const 1)) (local.get $digits))
      (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $from) (local.get $at)))
    (i32.or (call $is (local.get $at) (i32.const 46)) (call $is (local.get $at) (global.get $point))))

  (func $number (param $from i32) (param $to i32) (param $digits i32) (result i32)
    (local $last i32)
    (local.set $last (call $last (local.get $from) (local.get $to)))
    (if (i32.lt_s (local.get $last) (local.get $from)) (then (return (i32.const 1))))
    (i32.and (call $pointed (local.get $from) (local.get $last))
      (i32.le_s (i32.sub (i32.sub (local.get $to) (local.get $last)) (i32.const 1)) (local.get $digits))))

  (func $usual (param $look i32) (param $from i32) (param $to i32) (result i32)
    (local $kind i32) (local $digits i32) (local $size i32)
    (local.set $kind (i32.and (local.get $look) (i32.const 255)))
    (local.set $digits (i32.shr_u (local.get $look) (i32.const 8)))
    (local.set $size (i32.sub (local.get $to) (local.get $from)))
    (if (i32.le_u (local.get $kind) (i32.const 2))
      (then
        (if (call $short (local.get $from) (local.get $size) (local.get $digits)) (then (return (i32.const 1))))
        (if (i32.and (i32.eq (local.get $kind) (i32.const 2)) (i32.gt_s (local.get $size) (i32.const 38)))
          (then (return (i32.const 0))))
        (return (call $number (local.get $from) (local.get $to) (local.get $digits)))))
    (if (i32.eq (local.get $kind) (i32.const 3))
      (then (return (i32.and (i32.eq (local.get $size) (i32.const 10)) (call $date (local.get $from))))))
    (if (i32.eq (local.get $kind) (i32.const 4))
      (then (return (call $time (local.get $from) (local.get $to)))))
    (if (i32.eq (local.get $kind) (i32.const 6)) (then (return (i32.const 0))))
    (call $moment (local.get $from) (local.get $to) (local.get $digits)))

  (func $doubt (param $column i32) (param $from i32) (param $to i32)
    (local $at i32)
    (if (i32.ge_s (global.get $doubts) (global.get $room)) (then (global.set $odd (i32.const 1)) (return)))
    (local.set $at (i32.add (global.get $out) (i32.mul (global.get $doubts) (i32.const 20))))
    (i32.store (local.get $at) (local.get $column))
    (i32.store offset=4 (local.get $at) (local.get $from))
    (i32.store offset=8 (local.get $at) (local.get $to))
    (global.set $doubts (i32.add (global.get $doubts) (i32.const 1))))

  ;; Tells the doubts of a record that has ended where it lies.
  (func $settle (param $start i32) (param $end i32)
    (local $at i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (global.get $settled) (global.get $doubts)))
        (local.set $at (i32.add (global.get $out) (i32.mul (global.get $settled) (i32.const 20))))
        (i32.store offset=12 (local.get $at) (local.get $start))
        (i32.store offset=16 (local.get $at) (local.get $end))
        (global.set $settled (i32.add (global.get $settled) (i32.const 1)))
        (br $next))))

  ;; Looks at a field, from its first byte to the one that ends it; closed is the place of its closing quote, or before it.
  (func $field (param $column i32) (param $look i32) (param $from i32) (param $end i32) (param $quoted i32) (param $closed i32)
    (local $to i32)
    (local.set $to (local.get $end))
    (if (call $is (local.get $end) (i32.const 10))
      (then (if (i32.and (i32.gt_s (local.get $end) (local.get $from))
                         (call $is (i32.sub (local.get $end) (i32.const 1)) (i32.const 13)))
        (then (local.set $to (i32.sub (local.get $end) (i32.const 1)))))))
    (if (local.get $quoted)
      (then
        (if (i32.ne (i32.add (local.get $closed) (i32.const 1)) (local.get $to)) (then (global.set $odd (i32.const 1))))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $to (local.get $closed))))
    (if (i32.eqz (local.get $look)) (then (return)))
    (if (i32.or (global.get $header) (i32.ge_s (local.get $from) (local.get $to))) (then (return)))
    (if (i32.eqz (call $usual (local.get $look) (local.get $from) (local.get $to)))
      (then (call $doubt (local.get $column) (local.get $from) (local.get $to)))))

  ;; Counts a record that ends at a newline; blank lines of several columns are none.
  (func $count (param $fields i32) (param $start i32) (param $end i32)
    (if (i32.gt_s (global.get $columns) (i32.const 1))
      (then
        (if (i32.eq (local.get $start) (local.get $end)) (then (return)))
        (if (i32.and (i32.eq (i32.add (local.get $start) (i32.const 1)) (local.get $end))
                     (call $is (local.get $start) (i32.const 13)))
          (then (return)))))
    (if (i32.and (i32.ne (local.get $fields) (global.get $columns)) (i32.eqz (global.get $header)))
      (then (global.set $odd (i32.const 1))))
    (global.set $header (i32.const 0))
    (global.set $records (i32.add (global.get $records) (i32.const 1))))

  ;; With an escape of its own a quote closes when an even number of escapes stands before it.
  (func $closes (param $at i32) (param $from i32) (result i32)
    (local $escapes i32)
    (if (i32.eq (global.get $escape) (global.get $quote)) (then (return (i32.const 1))))
    (block $done
      (loop $back
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (br_if $done (i32.le_s (local.get $at) (local.get $from)))
        (br_if $done (i32.eqz (call $is (local.get $at) (global.get $escape))))
        (local.set $escapes (i32.add (local.get $escapes) (i32.const 1)))
        (br $back)))
    (i32.eqz (i32.and (local.get $escapes) (i32.const 1))))

  ;; Bits of 16 bytes: delimiters, newlines, quotes.
  (func $structure (param $at i32) (param $delimiters v128) (param $newlines v128) (param $quotes v128) (result i64)
    (local $bytes v128)
    (local.set $bytes (v128.load (local.get $at)))
    (i64.extend_i32_u (i8x16.bitmask (v128.or (v128.or
      (i8x16.eq (local.get $bytes) (local.get $delimiters))
      (i8x16.eq (local.get $bytes) (local.get $newlines)))
      (i8x16.eq (local.get $bytes) (local.get $quotes))))))

  (func $four (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64)
    (i64.or (i64.or (local.get $a) (i64.shl (local.get $b) (i64.const 16)))
            (i64.or (i64.shl (local.get $c) (i64.const 32)) (i64.shl (local.get $d) (i64.const 48)))))

  ;; Takes whole records from start, where one begins, and gives where the first begins that does not end before end.
  (func $scan (export "scan") (param $start i32) (param $end i32) (result i32)
    (local $base i32) (local $bits i64) (local $at i32) (local $byte i32)
    (local $from i32) (local $column i32) (local $columns i32) (local $looks i32) (local $look i32)
    (local $quote i32) (local $quoted i32) (local $inside i32) (local $closed i32)
    (local $delimiters v128) (local $newlines v128) (local $quotes v128)
    ;; Kept in registers: globals would be read anew for each field.
    (local.set $quote (global.get $quote))
    (local.set $columns (global.get $columns))
    (local.set $looks (global.get $looks))
    (local.set $delimiters (i8x16.splat (global.get $delimiter)))
    (local.set $newlines (i8x16.splat (i32.const 10)))
    (local.set $quotes (i8x16.splat (global.get $quote)))
    (local.set $base (local.get $start))
    (local.set $from (local.get $start))
    (local.set $closed (i32.const -2))
    (block $out
      (loop $blocks
        (br_if $out (i32.ge_s (local.get $base) (local.get $end)))
        (local.set $bits (call $four
          (call $structure (local.get $base) (local.get $delimiters) (local.get $newlines) (local.get $quotes))
          (call $structure (i32.add (local.get $base) (i32.const 16)) (local.get $delimiters) (local.get $newlines) (local.get $quotes))
          (call $structure (i32.add (local.get $base) (i32.const 32)) (local.get $delimiters) (local.get $newlines) (local.get $quotes))
          (call $structure (i32.add (local.get $base) (i32.const 48)) (local.get $delimiters) (local.get $newlines) (local.get $quotes))))
        (block $drained
          (loop $next
            (br_if $drained (i64.eqz (local.get $bits)))
            (local.set $at (i32.add (local.get $base) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
            (br_if $out (i32.ge_s (local.get $at) (local.get $end)))
            (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
            (local.set $byte (i32.load8_u (local.get $at)))
            (if (local.get $inside)
              (then
                (if (i32.eq (local.get $byte) (local.get $quote))
                  (then (if (call $closes (local.get $at) (local.get $from))
                    (then (local.set $inside (i32.const 0)) (local.set $closed (local.get $at))))))
                (br $next)))
            (if (i32.eq (local.get $byte) (local.get $quote))
              (then
                (if (i32.eq (local.get $at) (local.get $from))
                  (then (local.set $inside (i32.const 1)) (local.set $quoted (i32.const 1)) (br $next)))
                (if (local.get $quoted)
                  (then
                    (if (i32.and (i32.eq (i32.add (local.get $closed) (i32.const 1)) (local.get $at))
                                 (i32.eq (global.get $escape) (local.get $quote)))
                      (then (local.set $inside (i32.const 1)))
                      (else (global.set $odd (i32.const 1))))))
                (br $next)))
            (local.set $look (i32.const 0))
            (if (i32.lt_s (local.get $column) (local.get $columns))
              (then (local.set $look (i32.load (i32.add (local.get $looks) (i32.shl (local.get $column) (i32.const 2)))))))
            (if (i32.or (local.get $look) (local.get $quoted))
              (then
                (call $field (local.get $column) (local.get $look) (local.get $from) (local.get $at) (local.get $quoted)
                  (local.get $closed))
                (local.set $quoted (i32.const 0))
                (local.set $closed (i32.const -2))))
            (local.set $column (i32.add (local.get $column) (i32.const 1)))
            (local.set $from (i32.add (local.get $at) (i32.const 1)))
            (if (i32.eq (local.get $byte) (i32.const 10))
              (then
                (call $count (local.get $column) (local.get $start) (local.get $at))
                (call $settle (local.get $start) (local.get $from))
                (local.set $column (i32.const 0))
                (local.set $start (local.get $from))
                (br_if $out (i32.ge_s (global.get $doubts) (global.get $enough)))))
            (br $next)))
        (local.set $base (i32.add (local.get $base) (i32.const 64)))
        (br $blocks)))
    (local.get $start)))
`
