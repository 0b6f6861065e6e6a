--- The container of a point of a rehearsal: started, or taken up; where its log is, and what is noted of it.
local fail = require "docksing.fail"
local folders = require "docksing.sweep.folders"
local metrics = require "docksing.sweep.metrics"
local record = require "docksing.sweep.record"
local states = require "docksing.sweep.states"

local container = {}

--- Writes down a point that will be started.
---@param rehearsal docksing.Rehearsal
---@param point table
function container.note(rehearsal, point)
    record.note(rehearsal, {
        name = point.name, number = point.number, identity = point.identity, attempt = point.attempt,
        parameters = point.parameters,
    })
end

--- The folder of a point's log.
local function folder_of(point)
    local name = ("%05d"):format(point.number)
    return ("points/%s%s"):format(name, point.attempt > 1 and "-" .. point.attempt or "")
end

--- The file of a point's log.
---@param rehearsal docksing.Rehearsal
---@param point table
---@param stream "stdout"|"stderr"
---@return string path
function container.log(rehearsal, point, stream)
    return ("%s/%s/%s.txt"):format(rehearsal.dir, folder_of(point), stream)
end

--- Takes note of a point's state, and of its end for later calls.
---@param rehearsal docksing.Rehearsal
---@param point table
---@param state docksing.State
---@param code? integer
function container.set_state(rehearsal, point, state, code)
    point.state, point.code = state, code
    if not states.is_final(state) then return end
    -- Docker knows the times, also of a container that somebody else has started.
    if point.run then
        local known, status = pcall(point.run.status, point.run)
        if known then point.started, point.ended, point.elapsed = status.started, status.ended, status.elapsed end
    end
    point.reported = true
    local own = {}
    for index, source in ipairs(point.sources) do own[index] = source .. "/" .. point.name end
    if state == "completed" or state == "failed" then
        point.metrics, point.metrics_kind = metrics.find(container.log(rehearsal, point, "stdout"), own)
    end
    record.note(rehearsal, {
        name = point.name, state = state, code = code, started = point.started, ended = point.ended,
        elapsed = point.elapsed, metrics = point.metrics, metrics_kind = point.metrics_kind, job = point.job,
        reason = point.reason,
    })
end

--- A point runs from now on.
local function run_on(rehearsal, point, run)
    point.run, point.job = run, run.id:sub(1, 12)
    rehearsal.ids[#rehearsal.ids + 1] = point.job
    rehearsal.live[#rehearsal.live + 1] = point
    point.state = "running"
end

--- Takes up the container of a point that was being started when nobody heard of it any more. One of which there is
--- none is still to be started.
---@param rehearsal docksing.Rehearsal
---@param point table
function container.take_up(rehearsal, point)
    point.known = nil
    local ok, run = pcall(rehearsal.engine.attach, rehearsal.engine, rehearsal.dir .. "/" .. folder_of(point))
    if ok then return run_on(rehearsal, point, run) end
    if not point.planned then container.set_state(rehearsal, point, "vanished") end
end

--- Starts a point.
---@param rehearsal docksing.Rehearsal
---@param point table
function container.start(rehearsal, point)
    local planned = point.planned
    local changes = {
        remotedir = rehearsal.remotedir .. "/" .. folder_of(point), environment = planned.environment,
        command = planned.command, volumes = point.volumes(point.name),
    }
    for _, source in ipairs(point.sources) do
        local own = source .. "/" .. point.name
        if not folders.make(own) then fail("the folder %s cannot be made", own) end
    end
    record.note(rehearsal, { name = point.name, starting = point.attempt })
    local ok, run = pcall(rehearsal.engine.submit, rehearsal.engine, planned.job:with(changes), { listed = false })
    if ok then return run_on(rehearsal, point, run) end
    if type(run) == "userdata" and run.kind == "interrupted" then error(run, 0) end
    point.reason = tostring(run)
    container.set_state(rehearsal, point, "refused", 125)
end

return container
