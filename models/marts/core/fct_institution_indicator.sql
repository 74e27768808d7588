with

indicator_values as (

    select * from {{ ref('int_indicator_values_placed') }}
    where row_status = 'current'

),

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

-- An indicator is a share or a ratio: it holds for every institution that the entity became, undivided.
mapped as (

    select
        indicator_values.institution_key as reporting_institution_key,
        lineage.institution_key,
        indicator_values.indicator_key,
        indicator_values.year,
        indicator_values.indicator_value
    from indicator_values
    inner join lineage
        on {{ mapped_to_structure('lineage', 'indicator_values.institution_key', 'indicator_values.reference_date') }}

),

final as (

    select
        reporting_institution_key,
        institution_key,
        indicator_key,
        year,
        indicator_value,
        -- Ratios of several entities give no ratio of the institution that they became.
        year = max(year) over (partition by institution_key, indicator_key)
        and count(reporting_institution_key) over (partition by institution_key, indicator_key, year) = 1 as is_current_value

    from mapped

)

select * from final
