-- What the tests of sweeps share. A test prints a line for each mistake, and nothing when all is well.
local expect = {}

local function shown(value) return type(value) == "string" and ("%q"):format(value) or tostring(value) end

--- Two values are equal.
function expect.equal(what, value, wanted)
    if value ~= wanted or math.type(value) ~= math.type(wanted) then
        print(("%s: %s, not %s"):format(what, shown(value), shown(wanted)))
    end
end

--- A text is these lines.
function expect.text(what, value, lines)
    expect.equal(what, value, table.concat(lines, "\n"))
end

--- A call fails with a sentence that holds some words, and names the line of the script that made it.
function expect.failure(what, words, call)
    local line = debug.getinfo(call, "S").linedefined
    local ok, problem = pcall(call)
    problem = tostring(problem)
    if ok then
        print(what .. ": no error")
    elseif not problem:find(words, 1, true) then
        print(("%s: the error does not say %s: %s"):format(what, shown(words), problem))
    elseif not problem:find(("%s.lua:%d: "):format(debug.getinfo(call, "S").short_src:match "([^/]+)%.lua$", line), 1, true) then
        print(("%s: the error names another line than %d: %s"):format(what, line, problem))
    end
end

--- A job for sweeps that are never started.
function expect.job(changes)
    local job = docksing.job { remotedir = "runs/r", slurm = {}, container = { image = "a", command = { "echo" } } }
    return changes and job:with(changes) or job
end

--- The rows of a set of points as one text: `A=1 B=2|A=1 B=3`.
function expect.rows(space)
    local rows = {}
    for index = 1, #space do
        local cells = {}
        for _, name in ipairs(space.names) do
            if space[index][name] ~= nil then cells[#cells + 1] = name .. "=" .. tostring(space[index][name]) end
        end
        rows[index] = table.concat(cells, " ")
    end
    return table.concat(rows, "|")
end

return expect
