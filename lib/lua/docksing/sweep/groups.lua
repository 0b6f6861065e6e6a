--- Rows of a table that belong together, and what their numbers are as a whole.
local groups = {}

--- The rows that have the same values in some columns, in the order in which these values are met.
---@param list table[] rows
---@param names string[] the columns
---@return table[][] groups the rows of each
function groups.by(list, names)
    local all, found = {}, {}
    for _, row in ipairs(list) do
        local parts = {}
        for index, name in ipairs(names) do parts[index] = type(row[name]) .. "\0" .. tostring(row[name]) end
        local key = table.concat(parts, "\0")
        if not found[key] then
            found[key] = {}
            all[#all + 1] = found[key]
        end
        table.insert(found[key], row)
    end
    return all
end

--- Mean, standard deviation (of a sample; of one value there is none), least and greatest of numbers.
---@param values number[]
---@return {mean?: number, sd?: number, min?: number, max?: number} statistics empty when there are no numbers
function groups.statistics(values)
    local count, sum, least, greatest = #values, 0, nil, nil
    for _, value in ipairs(values) do
        sum = sum + value
        least = least and math.min(least, value) or value
        greatest = greatest and math.max(greatest, value) or value
    end
    if count == 0 then return {} end
    local mean, squares = sum / count, 0
    for _, value in ipairs(values) do squares = squares + (value - mean) ^ 2 end
    return { mean = mean, sd = count > 1 and math.sqrt(squares / (count - 1)) or nil, min = least, max = greatest }
end

return groups
