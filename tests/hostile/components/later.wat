;; Something that does nothing while the clock stands at its beginning, as it does for a component that is only tried. Later it
;; does LATER before anything of its component is called. It has a memory and a table to grow.
(import "wasi:clocks/wall-clock@0.2.0" (instance $clock
  (type $datetime' (record (field "seconds" u64) (field "nanoseconds" u32)))
  (export "datetime" (type $datetime (eq $datetime')))
  (export "now" (func (result $datetime)))))
(core module $room' (memory (export "memory") 1))
(core instance $room (instantiate $room'))
(alias core export $room "memory" (core memory $here))
(core func $now (canon lower (func $clock "now") (memory $here)))
(core instance $time (export "now" (func $now)))
(core module $face
  (import "time" "now" (func $now (param i32)))
  (import "room" "memory" (memory 1))
  (table 1 funcref)
  (func $start
    (call $now (i32.const 0))
    (if (i64.ne (i64.load (i32.const 0)) (i64.const 0)) (then (call $later))))
  (func $later @LATER@)
  (start $start))
(core instance (instantiate $face (with "time" (instance $time)) (with "room" (instance $room))))
