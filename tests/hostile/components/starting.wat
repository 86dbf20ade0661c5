;; A component that misbehaves before anything of it is called: MODULE is the inside of its only module, which has a function
;; `f`. What it exports has the right name and another type.
(component
  (core module $code
    @MODULE@)
  (core instance $code (instantiate $code))
  (alias core export $code "f" (core func $f))
  (func $deliver (canon lift (core func $f)))
  (instance $exported (export "deliver" (func $deliver)))
  (export "kamurj:plugin/channel-sink@1.0.0" (instance $exported)))
