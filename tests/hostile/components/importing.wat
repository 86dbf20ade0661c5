;; A component that wants IMPORT and offers nothing that works.
(component
  @IMPORT@
  (core module $code (func (export "f") unreachable))
  (core instance $code (instantiate $code))
  (alias core export $code "f" (core func $f))
  (func $deliver (canon lift (core func $f)))
  (instance $exported (export "deliver" (func $deliver)))
  (export "kamurj:plugin/channel-sink@1.0.0" (instance $exported)))
