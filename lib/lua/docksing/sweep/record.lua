--- What a rehearsal leaves in its folder, so that the next one goes on where it was.
local fail = require "docksing.fail"
local folders = require "docksing.sweep.folders"
local json = require "docksing.json"
local names = require "docksing.sweep.names"
local native = require "docksing.native"
local outputs = require "docksing.sweep.outputs"

local record = {}

--- Writes a line into the record of the run directory.
---@param self docksing.Rehearsal
---@param event table
function record.note(self, event)
    local file = io.open(self.dir .. "/sweep.jsonl", "a")
    if not file then fail("%s/sweep.jsonl cannot be written; is the disk full?", self.dir) end
    file:write(json.encode(event), "\n")
    file:close()
end

--- What the record says of earlier calls: the points by name, and how they ended.
---@param dir string
---@return table<string, table> known
---@return integer count the largest number of a point
---@return table? head nil when it is no sweep's folder
function record.read(dir)
    local known, count, head = {}, 0, nil
    for line in (folders.read(dir .. "/sweep.jsonl") or ""):gmatch "[^\n]+" do
        local event = json.decode(line)
        -- The last line of a program that was killed may be none.
        if type(event) ~= "table" then event = {} end
        if event.sweep then
            head = head or event
        elseif event.state then
            if known[event.name] then known[event.name].status = event end
        elseif event.starting then
            if known[event.name] then known[event.name].starting, known[event.name].begun = true, event.at end
        elseif event.name then
            known[event.name] = event
            count = math.max(count, event.number)
        end
    end
    return known, count, head
end

--- Where the sweep is on this machine: as for a single job, a path that means something on the cluster only is its
--- last part here.
---@param remotedir string
---@return string
function record.directory(remotedir)
    if remotedir:find "^[/~$]" then remotedir = remotedir:match "([^/]+)/*$" or "run" end
    return remotedir:gsub("/+$", "")
end

--- What a point is, so that a finished one is known again: all that decides what it computes.
---@return fun(point: docksing.PlannedPoint): string identity
function record.identities()
    local known, images, digests = {}, {}, {}
    return function(point)
        local text = known[point.job]
        if not text then
            local copy = point.job:with {}
            copy.slurm, copy.remotedir = nil, nil
            local image = tostring(copy.container.image)
            images[image] = images[image] or folders.output("docker image inspect --format '{{.Id}}' "
                .. folders.quote(image) .. " 2>/dev/null") or ""
            text = tostring(copy) .. images[image]
            for _, path in ipairs(outputs.inputs(point.job)) do
                digests[path] = digests[path] or native.input_digest(point.job, path)
                text = text .. "\n" .. digests[path]
            end
            known[point.job] = text
        end
        return names.hash(text .. json.encode { point.environment, point.command or false })
    end
end

return record
