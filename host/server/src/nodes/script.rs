//! What Redis is asked to do in one step each: scripts, because taking from several budgets must not be torn apart. The time
//! is Redis' own, so that nodes whose clocks differ agree.

/// Where a script takes the time from, as `now` in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// Redis' own clock.
    Redis,
    /// The last argument: for tests with a clock moved by hand.
    Given,
}

impl Time {
    fn text(self) -> &'static str {
        match self {
            Self::Redis => "local t = redis.call('TIME') local now = t[1] * 1000000 + t[2]\n",
            Self::Given => "local now = tonumber(ARGV[#ARGV])\n",
        }
    }

    fn before(self, body: &str) -> String {
        format!("{}{body}", self.text())
    }
}

/// Takes up to so many out of all of these budgets at once.
///
/// Keys: when all budgets were last emptied, then for each budget its bucket and its hold. Arguments: how many are wanted,
/// then for each budget its burst, its pace in microseconds, and how many stay in it. Answers how many were taken, and the
/// microseconds until there is one.
pub fn take(time: Time) -> String {
    time.before(
        "
local emptied = tonumber(redis.call('GET', KEYS[1]))
local count, after, whole = tonumber(ARGV[1]), 0, {}
for i = 1, (#KEYS - 1) / 2 do
  local burst, every, keep = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local full = burst * every
  local at = math.max(tonumber(redis.call('GET', KEYS[2 * i])) or now, now)
  if at > now + full then
    at = now + full
    redis.call('SET', KEYS[2 * i], string.format('%.0f', at), 'PX', math.max(math.ceil(full / 1000), 1))
  end
  if emptied then at = math.max(at, math.min(emptied, now) + full) end
  at = math.min(at, now + full)
  whole[i] = at
  local left = now + full - at
  local room, wait = math.floor(left / math.max(every, 1)) - keep, (keep + 1) * every - left
  local held = (tonumber(redis.call('GET', KEYS[2 * i + 1])) or now) - now
  if held > 0 then room, wait = 0, held end
  count = math.min(count, math.max(room, 0))
  after = math.max(after, wait)
end
if count > 0 then
  for i = 1, #whole do
    local at = whole[i] + count * tonumber(ARGV[3 * i])
    redis.call('SET', KEYS[2 * i], string.format('%.0f', at), 'PX', math.max(math.ceil((at - now) / 1000), 1))
  end
end
return {count, math.ceil(after)}",
    )
}

/// Gives back what was not used. Keys: the buckets. Arguments: for each, how many microseconds less are missing.
pub fn give_back(time: Time) -> String {
    time.before(
        "
for i = 1, #KEYS do
  local at = tonumber(redis.call('GET', KEYS[i]))
  if at and at > now then redis.call('SET', KEYS[i], string.format('%.0f', at - ARGV[i]), 'KEEPTTL') end
end
return 1",
    )
}

/// Lets nothing be taken from a budget for so many microseconds; a longer hold stays. Keys: the hold.
pub fn hold(time: Time) -> String {
    time.before(
        "
local held = tonumber(redis.call('GET', KEYS[1])) or 0
local till = now + tonumber(ARGV[1])
if till > held and till > now then
  redis.call('SET', KEYS[1], string.format('%.0f', till), 'PX', math.ceil((till - now) / 1000))
end
return 1",
    )
}

/// A sign of life. Keys: the nodes, the mark that Redis remembers, when all budgets were last emptied. Arguments: this node,
/// how long a node counts in milliseconds, 1 if this node has met others here before, 1 if it spent something alone. Answers
/// how many nodes were seen lately.
///
/// Redis that has forgotten what was taken, or never learned it, must not count it as left: then all budgets are empty.
pub fn beat() -> String {
    Time::Redis.before(
        "
local ms = math.floor(now / 1000)
redis.call('ZADD', KEYS[1], ms, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local forgot = redis.call('SET', KEYS[2], ms, 'NX')
if (forgot and ARGV[3] == '1') or ARGV[4] == '1' then redis.call('SET', KEYS[3], string.format('%.0f', now)) end
return redis.call('ZCARD', KEYS[1])",
    )
}

/// Notes who has a page open. Keys: the list. Arguments: for how many milliseconds, then the payments.
pub fn look() -> String {
    Time::Redis.before(
        "
local ms = math.floor(now / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ms + ARGV[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1",
    )
}

/// The payments whose page is open, and how many milliseconds ago each was fetched. Keys: the list. Arguments: for how many
/// milliseconds somebody counts as looking, and how many payments at most. A flat list of ids and times.
pub fn looked_at() -> String {
    Time::Redis.before(
        "
local ms = math.floor(now / 1000)
local found = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. ms, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 2, #found, 2 do found[i] = string.format('%.0f', ms + ARGV[1] - found[i]) end
return found",
    )
}
