--- What the points of a sweep mean as jobs: the job of each (most share one), its variables, its command, its Slurm
--- options.
local fail = require "docksing.fail"
local json = require "docksing.json"
local names = require "docksing.sweep.names"
local of_point = require "docksing.sweep.of_point"
local options = require "docksing.options"
local outputs = require "docksing.sweep.outputs"
local set = require "docksing.sweep.set"

local plan = {}

--- A point as it is submitted.
---@class docksing.PlannedPoint
---@field name string
---@field parameters table<string, any>
---@field job docksing.Job
---@field environment table<string, string>
---@field command string[]?
---@field slurm table?

local function is_job(value) return type(value) == "userdata" and getmetatable(value) == "job" end

--- Plain tables with the same contents are one table, so that points which share them can be told by that.
local function shared()
    local known = {}
    return function(value)
        if type(value) ~= "table" then return value end
        local text = json.encode(value)
        known[text] = known[text] or value
        return known[text]
    end
end

--- The words of a command, with `{NAME}` replaced by parameters; `${NAME}` is a shell's, and stays.
local function words_of(command, texts, where, names_of, point)
    if type(command) == "string" then
        fail("%s is a list of words, such as { \"python\", \"train.py\", \"--lr={LR}\" }; for a shell, { \"sh\", "
            .. "\"-c\", … }", where)
    elseif type(command) ~= "table" or #command == 0 then
        fail("%s is a list of words, not %s", where, type(command) == "table" and "an empty table" or "a "
            .. type(command))
    end
    local words = {}
    for index, word in ipairs(command) do
        local kind = type(word)
        if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
            fail("%s: word %d is a %s", where, index, kind)
        end
        words[index] = names.text(word):gsub("(%$?){([%a_][%w_]*)}", function(dollar, name)
            if dollar == "$" then return nil end
            if texts[name] then return texts[name] end
            for _, other in ipairs(names_of) do
                if other == name then
                    fail("%s: the point %s has no parameter %s for {%s}; give a function as command", where, point,
                        name, name)
                end
            end
            local known = {}
            for other in pairs(texts) do known[#known + 1] = other end
            table.sort(known)
            local near = options.nearest(name, known)
            if near then fail("%s: {%s} is no parameter; did you mean {%s}?", where, name, near) end
        end)
    end
    return words
end

--- Variables as text.
local function environment_of(value, texts, where)
    if value == false then return {} end
    local environment = {}
    for name, text in pairs(texts) do environment[name] = text end
    if value == nil then return environment end
    if type(value) ~= "table" then
        fail("%s is a table of variables, such as { EPOCHS = 10 }, or false for none, not a %s", where, type(value))
    end
    for name, one in pairs(value) do
        set.check_name(name, where)
        set.check_value(one, name, where)
        environment[name] = names.text(one)
    end
    return environment
end

--- Makes jobs of the keys that change the job itself; points with the same changes share one.
local function jobs()
    local known = {}
    return function(job, changes)
        if next(changes) == nil then return job end
        known[job] = known[job] or {}
        local key = json.encode(changes)
        known[job][key] = known[job][key] or job:with(changes)
        return known[job][key]
    end
end

--- Has the config of each kind of job read, since one that is wrong should be told before anything is sent.
local function check(points)
    local seen = {}
    for _, point in ipairs(points) do
        local is_new, kinds = not seen[point.job], seen[point.job] or {}
        seen[point.job] = kinds
        local key = point.slurm or false
        if not kinds[key] then
            kinds[key] = true
            local ok, problem = pcall(function()
                local job = point.slurm and point.job:with { slurm = point.slurm } or point.job
                return job:docker()
            end)
            if not ok then fail("the point %s: %s", point.name, tostring(problem)) end
            if is_new then outputs.check(point.job) end
        end
    end
end

--- Makes the points of a sweep: one for each table of parameters, in order; `repeated` says how many were left out
--- since they were there already.
---@param spec table the sweep's keys
---@param space docksing.Space
---@param job_of fun(point: table): docksing.Job
---@return docksing.PlannedPoint[] points
---@return integer repeated
function plan.points(spec, space, job_of)
    local points, seen, repeated = {}, {}, 0
    local derive, share = jobs(), shared()
    for _, parameters in ipairs(space.list) do
        local texts = set.texts(parameters)
        local name = names.of(space.names, texts)
        if seen[name] then
            repeated = repeated + 1
        else
            seen[name] = true
            local function of(key) return key .. " of the point " .. name end
            local function value(key) return of_point.value(spec[key], parameters, of(key)) end
            local function called(key) return type(spec[key]) == "function" and of(key) or key end
            local job = of_point.value(job_of, parameters, of "job")
            if not is_job(job) then
                fail("job of the point %s is a %s; give a job, as docksing.load and job:with do", name, type(job))
            end
            local command, volumes, image = value "command", value "volumes", value "image"
            local changes = {}
            if image ~= nil then changes.image = image end
            if volumes ~= nil then changes.volumes = volumes end
            points[#points + 1] = {
                name = name,
                parameters = parameters,
                job = derive(job, changes),
                environment = environment_of(value "environment", texts, called "environment"),
                command = command ~= nil and words_of(command, texts, called "command", space.names, name) or nil,
                slurm = share(of_point.slurm(spec.slurm, parameters, name)),
            }
        end
    end
    check(points)
    return points, repeated
end

return plan
