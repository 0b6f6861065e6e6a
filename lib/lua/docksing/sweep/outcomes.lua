--- What is done with the points of a sweep that was submitted: methods of its object.
local accept = require "docksing.sweep.accept"
local choice = require "docksing.sweep.choice"
local fail = require "docksing.fail"
local gathered = require "docksing.sweep.gathered"
local json = require "docksing.json"
local of_point = require "docksing.sweep.of_point"
local points = require "docksing.sweep.point"
local progress = require "docksing.sweep.progress"
local rows = require "docksing.rows"
local states = require "docksing.sweep.states"

---@class docksing.SweepRun
local SweepRun = require "docksing.classes"["docksing.SweepRun"]

--- The points that have ended otherwise than well: a list that prints as a table.
---
--- ```lua
--- for _, point in ipairs(sweep_run:failed()) do print(point, point.state, point:log "stderr") end
--- ```
---@return docksing.Point[]
function SweepRun:failed()
    progress.ask(self)
    local list = points.listed {}
    for _, point in ipairs(self.points) do
        if states.is_failure(point.state) then list[#list + 1] = point end
    end
    return list
end

--- A point: by its place, its name, or its parameters.
---
--- ```lua
--- print(sweep_run:point(1), sweep_run:point { LR = 0.1, SEED = 1 })
--- ```
---@param which integer|string|table
---@return docksing.Point
function SweepRun:point(which)
    if #self.points > 0 and self.points[1].status.state == "unknown" then progress.ask(self) end
    if type(which) == "number" then
        return self.points[which] or fail("there is no point %s; there are %d", tostring(which), #self.points)
    end
    local list = {}
    if type(which) == "string" then
        for index, point in ipairs(self.points) do
            if point.name == which then list[#list + 1] = index end
        end
    else
        list = choice.points(self, which)
    end
    if #list == 1 then return self.points[list[1]] end
    fail("%s point is %s", #list == 0 and "no" or "more than one", type(which) == "string" and "called "
        .. rows.shown(which)
        or "like that; ask run.points for all")
end

--- Cancels points that have not ended: all, or those that a filter lets through: a function of a point, a list of
--- points, a state, or a table of parameters and of `state`, in which a list stands for any of its values.
---
--- ```lua
--- sweep_run:cancel(function(point) return point.LR > 0.5 end)
--- sweep_run:cancel { SEED = { 1, 2 }, state = "pending" }
--- ```
---@param filter? function|table|string
function SweepRun:cancel(filter)
    progress.ask(self)
    local list = {}
    for _, index in ipairs(choice.points(self, filter)) do
        if not self.points[index].ended then list[#list + 1] = index end
    end
    if #list > 0 then self.native:cancel(list) end
    progress.ask(self)
end

---@class docksing.SweepRetryOptions
---@field slurm? table|fun(point: docksing.Point): table other Slurm options; a value may be a function of a point
---@field running? integer how many of them may run at a time
---@field where? function|table|string which of them, as for `cancel`; all by default

--- Points by the Slurm options that they run again with, and how many of each may run at a time.
local function by_options(self, list, given)
    local found, order = {}, {}
    for _, index in ipairs(list) do
        local point = self.points[index]
        local slurm = of_point.slurm(given.slurm, point, point.name)
        local text = json.encode(slurm or {})
        if not found[text] then
            found[text] = { list = {}, slurm = slurm }
            order[#order + 1] = found[text]
        end
        table.insert(found[text].list, index)
    end
    if given.running == nil then return order end
    if math.type(given.running) ~= "integer" or given.running < #order then
        fail("running is how many points may run at a time, a whole number from %d on%s", #order,
            #order > 1 and ", since so many kinds of Slurm options are asked for" or "")
    end
    local left, points_left = given.running, #list
    for index, group in ipairs(order) do
        -- Each kind gets its part, by how many points it has, and one at least.
        local share = math.max(1, left * #group.list // points_left)
        group.running = math.min(share, left - (#order - index))
        left, points_left = left - group.running, points_left - #group.list
    end
    return order
end

--- Runs again what failed, ran out of time or memory, or was lost: all of that, or what of it a filter lets through.
---
--- ```lua
--- sweep_run:retry { slurm = { mem = "16G" } }
--- sweep_run:retry {
---     where = { state = { "out_of_memory", "timeout" } },
---     slurm = { mem = function(point) return point.LR < 0.05 and "32G" or "16G" end },
--- }
--- ```
---@param options? docksing.SweepRetryOptions
---@return docksing.Point[] points those that run again
function SweepRun:retry(options)
    local given = accept.options(options, { "slurm", "where", "running" }, "retry")
    progress.ask(self)
    local list, again = {}, points.listed {}
    for _, index in ipairs(choice.points(self, given.where)) do
        if states.is_failure(self.points[index].state) then
            list[#list + 1], again[#again + 1] = index, self.points[index]
        end
    end
    if #list == 0 then return again end
    progress.stop_following(self)
    for _, group in ipairs(by_options(self, list, given)) do
        self.native:retry(group.list, { slurm = group.slurm, running = group.running })
        progress.forget(self, group.list)
    end
    return again
end

---@class docksing.SweepFetchOptions
---@field into? string a folder that gets a folder of each point
---@field only? string|string[] the files to fetch: patterns as in a .dockerignore, `**/*.csv` anywhere
---@field where? function|table|string of which points, as for `cancel`; of all by default

--- Brings the outputs of points, each into a folder with its name: beside the bind's own source, or into another
--- folder.
---
--- ```lua
--- sweep_run:fetch "results"
--- sweep_run:fetch { into = "results", only = "*.csv", where = { LR = 0.1 } }
--- ```
---@param into? string|docksing.SweepFetchOptions a folder, or options
---@return docksing.FetchReport report
function SweepRun:fetch(into)
    if type(into) == "string" then into = { into = into } end
    local given = accept.options(into, { "into", "only", "where" }, "fetch")
    local chosen = given.where ~= nil and choice.points(self, given.where) or nil
    return self.native:fetch { into = given.into, only = given.only, points = chosen }
end

--- What the points gave, a row for each: its parameters, what it measured, its state, exit code, seconds, node, and
--- memory where that is known. Without columns: all that there are.
---
--- ```lua
--- print(sweep_run:results { "LR", "state" })
--- ```
---@param columns? string[]
---@return docksing.Results results
function SweepRun:results(columns)
    progress.ask(self)
    return gathered(self, columns)
end

--- Draws results with gnuplot: into a file, or as text for a terminal.
---
--- ```lua
--- sweep_run:plot { x = "LR", y = "loss", log = "x", file = "lr.svg" }
--- ```
---@param what docksing.PlotOptions
---@return string? text when there is no `file`
function SweepRun:plot(what) return self:results():plot(what) end

return SweepRun
