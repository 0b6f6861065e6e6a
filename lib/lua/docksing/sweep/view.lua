--- How a sweep goes, for a person who looks on: drawn again and again on a terminal, a line for each end elsewhere.
local color = require "docksing.color"
local folders = require "docksing.sweep.folders"
local native = require "docksing.native"
local rows = require "docksing.rows"
local states = require "docksing.sweep.states"

local view = {}

---@class docksing.View
local View = {}
View.__index = View

--- Seconds as a clock shows them.
---@param seconds number
---@return string
function view.clock(seconds)
    seconds = math.floor(seconds)
    if seconds >= 3600 then return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60) end
    return ("%d:%02d"):format(seconds // 60, seconds % 60)
end

--- The lines of the picture.
---@param facts table title, total, ended, fresh (ended since one looks on), elapsed, counts, failures, width
---@return string[]
function view.lines(facts)
    local lines = {}
    local count = ("%d of %d"):format(facts.ended, facts.total)
    local time = view.clock(facts.elapsed)
    local room = facts.width - #count - #time - 6
    local length = math.min(40, room - rows.width(facts.title))
    if length < 10 then length = math.min(10, room - 10) end
    local full = facts.total > 0 and facts.ended * length // facts.total or length
    local bar = length > 0 and color.paint("green", ("█"):rep(full)) .. color.paint("dim", ("░"):rep(length - full))
        or ""
    lines[1] = ("%s  %s  %s  %s"):format(rows.cut(facts.title, math.max(4, room - math.max(length, 0))), bar, count,
        time)
    local text = states.summary(facts.counts)
    local left = facts.total - facts.ended
    if facts.fresh > 0 and facts.elapsed >= 1 and left > 0 then
        local rate = facts.fresh / facts.elapsed
        local speed = rate >= 1 and ("%.1f a second"):format(rate) or rate * 60 >= 1
            and ("%.1f a minute"):format(rate * 60)
            or ("%.1f an hour"):format(rate * 3600)
        text = ("%s; %s, %s left"):format(text, speed, view.clock(left / rate))
    end
    lines[2] = "  " .. rows.cut(text, facts.width - 2)
    for _, failure in ipairs(facts.failures) do
        local line = failure.name .. ": " .. failure.words .. (failure.line and ": " .. failure.line or "")
        lines[#lines + 1] = "  " .. color.paint("red", rows.cut(rows.shown(line), facts.width - 2))
    end
    return lines
end

--- Says how often something may still be done: so many times, and as often again when a span of time has passed.
---@param count integer
---@param seconds integer
---@return fun(): boolean may whether it may be done once more
function view.budget(count, seconds)
    local left, since = count, native.clock()
    return function()
        if native.clock() - since >= seconds then left, since = count, native.clock() end
        left = left - 1
        return left >= 0
    end
end

--- The last line that a point wrote, to stderr if there is one.
---@param point docksing.Point
---@return string?
function view.last_line(point)
    for _, stream in ipairs { "stderr", "stdout" } do
        -- A few of them: the very last may be empty.
        local ok, text = pcall(point.log, point, stream, { tail = 5 })
        local last
        for line in (ok and text or ""):gmatch "[^\r\n]+" do last = line end
        if last then return last end
    end
    return nil
end

--- A view of a run from now on.
---@param run docksing.SweepRun
---@return docksing.View
function view.new(run)
    local is_terminal = native.terminal "stderr" and os.getenv "TERM" ~= "dumb"
    local past = {}
    for index, point in ipairs(run.points) do past[index] = point.ended end
    local size = is_terminal and folders.output "stty size 2>/dev/null </dev/tty"
    return setmetatable({
        run = run, terminal = is_terminal, width = math.max(40, tonumber(size and size:match "%d+ (%d+)") or 80) - 1,
        start = native.clock(), drawn = 0, pictured = 0, failures = {}, ended = 0, fresh = 0, seen = {}, past = past,
        -- Many points end at once: some pictures a second are enough.
        may_draw = view.budget(10, 1),
        -- Each last line is a question to the cluster or two, and the news waits for the answer; many points fail at
        -- once with the same words.
        may_ask = view.budget(20, 60),
    }, View)
end

--- Draws the picture in the place of the last one.
function View:draw(counts, is_last)
    for _, failure in ipairs(self.failures) do
        -- Lines of those that are not shown any more are not asked for.
        if not failure.asked and (is_last or self.may_ask()) then
            failure.asked, failure.line = true, view.last_line(failure.point)
        end
    end
    local lines = view.lines {
        title = ("%s on %s"):format(self.run.name, self.run.host), total = #self.run.points, ended = self.ended,
        fresh = self.fresh, elapsed = native.clock() - self.start, counts = counts, failures = self.failures,
            width = self.width,
    }
    local text = self.drawn > 0 and ("\27[%dA\r\27[J"):format(self.drawn) or ""
    io.stderr:write(text, table.concat(lines, "\n"), "\n")
    self.drawn, self.pictured = #lines, native.clock()
end

--- Takes up a point's news.
---@param point docksing.Point
---@param counts_of fun(run: docksing.SweepRun): table<string, integer>
function View:update(point, counts_of)
    local has_ended = point.ended and not self.seen[point.index]
    if has_ended then
        self.seen[point.index] = true
        self.ended = self.ended + 1
        -- What had ended before one looked on says nothing of the speed.
        if not self.past[point.index] then self.fresh = self.fresh + 1 end
        if not point.ok then
            table.insert(self.failures, { point = point, name = point.name, words = states.words(point.status) })
            if #self.failures > 3 then table.remove(self.failures, 1) end
        end
    end
    if self.terminal then
        if self.may_draw() then self:draw(counts_of(self.run)) end
    elseif has_ended then
        local line = not point.ok and self.may_ask() and view.last_line(point)
        io.stderr:write(rows.shown(("[%d/%d] %s: %s%s"):format(self.ended, #self.run.points, point.name,
            states.words(point.status), line and ": " .. line or "")), "\n")
    end
end

--- Nothing has happened: only time goes on.
---@param counts_of fun(run: docksing.SweepRun): table<string, integer>
function View:tick(counts_of)
    if self.terminal and native.clock() - self.pictured >= 1 then self:draw(counts_of(self.run)) end
end

--- The last picture.
---@param counts table<string, integer>
function View:finish(counts)
    if self.terminal then
        self:draw(counts, true)
    else
        io.stderr:write(("%s on %s: %s\n"):format(self.run.name, self.run.host, states.summary(counts)))
    end
end

View.__close = function() io.stderr:flush() end

return view
