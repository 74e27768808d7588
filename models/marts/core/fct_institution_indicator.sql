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

institutions as (

    select * from {{ ref('dim_institution') }}

),

identified as (

    select
        refs.institution_key as reporting_institution_key,
        institutions.mapped_institution_key as institution_key,
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
    inner join institutions on refs.institution_key = institutions.institution_key

),

final as (

    select
        reporting_institution_key,
        institution_key,
        indicator_key,
        year,
        indicator_value,
        year = max(year) over (partition by reporting_institution_key, indicator_key) as is_newest_year

    from identified
    where value_rank = 1

)

select * from final
