with

indicator_values as (

    select * from {{ ref('stg_institution_profiles__indicator_values') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

identified as (

    select
        refs.institution_key as reporting_institution_key,
        refs.reference_date,
        indicator_values.indicator_key,
        indicator_values.year,
        indicator_values.indicator_value,
        row_number() over (
            partition by refs.institution_key, indicator_values.indicator_key, indicator_values.year
            order by extracts.extract_date desc, extracts.landing_order desc, indicator_values.row_number desc
        ) as value_rank
    from indicator_values
    inner join extracts on indicator_values.extract_id = extracts.extract_id
    inner join refs
        on refs.source_system = 'institution_profiles'
        and refs.reference_key = {{ institution_reference_key(
            dbh_code='indicator_values.dbh_code', name='indicator_values.institution_name'
        ) }}
        and refs.reference_date = {{ yearly_figures_date('indicator_values.year') }}

),

-- An indicator is a share or a ratio: it holds for every institution that the entity became, undivided.
mapped as (

    select
        identified.reporting_institution_key,
        lineage.institution_key,
        identified.indicator_key,
        identified.year,
        identified.indicator_value
    from identified
    inner join lineage
        on {{ mapped_to_structure('lineage', 'identified.reporting_institution_key', 'identified.reference_date') }}
    where identified.value_rank = 1

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
