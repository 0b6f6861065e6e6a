--- How the points of a sweep stand, as far as is known: what its methods do with the news.
---
--- Of a run they keep `told`, whether a point's end was told, by its place; `news`, the points whose end nobody has
--- asked for yet; and `following`, what `wait { any = true }` follows with.
local native = require "docksing.native"
local states = require "docksing.sweep.states"

local progress = {}

--- Takes note of how a point stands; of its end, once.
function progress.observe(self, index, status)
    local point = self.points[index]
    point.status = status
    if states.is_final(status.state) then
        if not self.told[index] then
            self.told[index] = true
            self.news[#self.news + 1] = point
            return point
        end
    end
    return nil
end

--- Asks how all points stand.
---@param self docksing.SweepRun
---@param ended? fun(point: docksing.Point) called for those whose end was not told yet
function progress.ask(self, ended)
    for index, status in ipairs(self.native:status()) do
        local point = progress.observe(self, status.index or index, status)
        if point and ended then ended(point) end
    end
end

--- How many points there are in each state, as last seen.
function progress.counts(self)
    local counts = {}
    for _, point in ipairs(self.points) do
        local state = point.status.state
        counts[state] = (counts[state] or 0) + 1
    end
    return counts
end

--- Exit code and state of the whole, as `wait` gives them.
function progress.outcome(self)
    local code, state = 0, "completed"
    for _, point in ipairs(self.points) do
        if not point.ended then return nil, "running" end
        if not point.ok and code == 0 then
            code, state = point.code or 125, "failed"
            if code == 0 then code = 125 end
        end
    end
    return code, state
end

--- Ends what `next_ended` follows with.
function progress.stop_following(self)
    local closing = self.following and self.following[4]
    self.following = nil
    if closing ~= nil then
        local _ <close> = closing
    end
end

--- The next point that has ended, for `wait { any = true }`.
function progress.next_ended(self, timeout)
    if #self.news > 0 then return table.remove(self.news, 1) end
    local open = false
    for index in ipairs(self.points) do open = open or not self.told[index] end
    if not open then return nil end
    if not timeout then
        -- One follower for all calls: a thousand points must not mean a thousand of them.
        self.following = self.following or table.pack(self.native:follow { log = false })
        local events, state, variable = table.unpack(self.following, 1, 3)
        repeat
            local index, kind, what = events(state, variable)
            if not index then self.following = nil end
        until not index or (kind == "state" and progress.observe(self, index, what))
    else
        local stop = native.clock() + timeout
        repeat
            progress.ask(self)
            if #self.news > 0 or native.clock() >= stop then break end
            self.native:wait { timeout = math.min(1, stop - native.clock()) }
        until false
    end
    return table.remove(self.news, 1)
end

--- Forgets how points have ended, since they run again.
function progress.forget(self, indices)
    for position = #self.news, 1, -1 do
        for _, index in ipairs(indices) do
            if self.news[position] == self.points[index] then table.remove(self.news, position) break end
        end
    end
    for _, index in ipairs(indices) do
        self.told[index] = nil
        self.points[index].status = { state = "pending" }
    end
end

return progress
