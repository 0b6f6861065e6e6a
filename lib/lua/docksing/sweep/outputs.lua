--- Which binds of a job hold what a point writes: each point of a rehearsal has a folder of its own below the bind's.
local fail = require "docksing.fail"
local files = require "docksing.sweep.files"
local folders = require "docksing.sweep.folders"
local near = require "docksing.near"

local outputs = {}

--- The binds of a job with their absolute sources, by target: what `docker run` would get.
local function sources_of(job)
    local found, words = {}, job:docker().argv
    for index, word in ipairs(words) do
        local value = words[index + 1]
        if word == "--volume" then
            local source, target, modes = value:match "^(/[^:]*):([^:]*):?(.*)$"
            local read_only = ("," .. (modes or "") .. ","):find ",ro," ~= nil
            if source then found[target] = { source = source, read_only = read_only } end
        elseif word == "--mount" then
            local fields = {}
            for _, field in ipairs((files.split(value) or {})[1] or {}) do
                local name, text = field:match "^([^=]*)=?(.*)$"
                fields[name] = text
            end
            if fields.type == "bind" then
                found[fields.target] = { source = fields.source, read_only = fields.readonly ~= nil }
            end
        end
    end
    return found
end

local function target_of(entry)
    if type(entry) ~= "string" then return entry.target end
    return entry:match "^[^:]*:([^:]*)" or entry
end

--- Whether a source belongs to points: it is empty, or holds nothing but what is called like them, or is listed.
local function is_output(source, listed)
    if listed[source] then return true end
    local inside = folders.names(source)
    for _, name in ipairs(inside or {}) do
        if not name:find "^[%a_][%w_]*=" then return false end
    end
    return true
end

--- Splits the binds of a job: those that the points write to, and how a point's own job has them.
---@param job docksing.Job
---@return string[] sources the folders below which each point has one
---@return fun(name: string): table[]? volumes gives a point's volumes; nil when they are the job's
function outputs.of(job)
    local volumes = job.container.volumes
    local found, listed, targets = sources_of(job), {}, {}
    local settings = job.docksing
    for _, path in ipairs(settings and settings.outputs or {}) do
        -- Listed as the bind has it, or as an absolute path.
        listed[path] = true
        for _, entry in ipairs(volumes or {}) do
            local own = type(entry) == "string" and entry:match "^[^:]*" or entry.source
            if own == path or own == path .. "/" then
                local bind = found[target_of(entry)]
                if bind then listed[bind.source] = true end
            end
        end
    end
    local sources = {}
    for _, entry in ipairs(volumes or {}) do
        local bind = found[target_of(entry)]
        if bind and not bind.read_only then
            if not is_output(bind.source, listed) then
                fail("%s is not empty, and the points of a sweep would write over each other there: add ':ro' to "
                    .. "the bind if "
                    .. "they only read it, or list it in outputs if it is where each writes what is its own",
                        bind.source)
            end
            targets[target_of(entry)] = bind.source
            sources[#sources + 1] = bind.source
        end
    end
    if #sources == 0 then return sources, function() return nil end end
    return sources, function(name)
        local list = {}
        for index, entry in ipairs(volumes) do
            local source = targets[target_of(entry)]
            list[index] = source and { type = "bind", source = source .. "/" .. name, target = target_of(entry) }
                or entry
        end
        return list
    end
end

--- Refuses outputs that are no binds of a job.
---@param job docksing.Job
function outputs.check(job)
    local listed = job.docksing and job.docksing.outputs
    if not listed or #listed == 0 then return end
    local written, known = {}, {}
    for _, bind in pairs(sources_of(job)) do known[bind.source] = true end
    for _, entry in ipairs(job.container.volumes or {}) do
        local source = type(entry) == "string" and entry:match "^[^:]*" or entry.source
        written[#written + 1] = tostring(source)
        known[tostring(source)], known[tostring(source) .. "/"] = true, true
    end
    for _, path in ipairs(listed) do
        if not known[path] then
            fail("outputs: no bind has the source '%s'%s", path, #written == 0 and "; the job has no binds"
                or near(path, written))
        end
    end
end

--- What the points of a job only read.
---@param job docksing.Job
---@return string[] sources absolute paths, in order
function outputs.inputs(job)
    local list = {}
    for _, bind in pairs(sources_of(job)) do
        if bind.read_only then list[#list + 1] = bind.source end
    end
    table.sort(list)
    return list
end

--- Copies what a point wrote to `INTO/NAME/`, with the last part of each bind's source below that when there are
--- several.
---@param sources string[] the folders below which each point has one
---@param name string the point's
---@param into string
---@return string[] paths the files there
function outputs.copy(sources, name, into)
    local paths = {}
    for _, source in ipairs(sources) do
        -- A point that has not run has none.
        if not folders.names(source .. "/" .. name) then goto continue end
        local target = into .. "/" .. name
        if #sources > 1 then target = target .. "/" .. source:match "([^/]*)/*$" end
        local quoted = folders.quote(target)
        local copied = folders.make(target)
            and os.execute(("cp -R -- %s %s/"):format(folders.quote(source .. "/" .. name .. "/."), quoted))
        if not copied then fail("the outputs of %s cannot be copied to %s", name, target) end
        local found = folders.output(("cd -- %s && find . ! -type d"):format(quoted)) or ""
        for path in found:gmatch "%./([^\n]+)" do paths[#paths + 1] = target .. "/" .. path end
        ::continue::
    end
    return paths
end

return outputs
