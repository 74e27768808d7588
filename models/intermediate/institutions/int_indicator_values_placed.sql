with

indicator_values as (

    {{ delivered_rows(ref('stg_institution_profiles__indicator_values'), 'institution_profiles__indicator_value') }}

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

-- Rows that are set aside name no institution that anyone need know.
identified as (

    select
        indicator_values.*,
        refs.institution_key,
        refs.reference_date
    from indicator_values
    left join refs
        on refs.source_system = 'institution_profiles'
        and refs.reference_key = {{ institution_reference_key(
            dbh_code='indicator_values.dbh_code', name='indicator_values.institution_name'
        ) }}
        and refs.reference_date = {{ yearly_figures_date('indicator_values.year') }}

),

placed as (

    {{ placed_rows('identified', ['institution_key', 'indicator_key', 'year']) }}

),

final as (

    select
        extract_id,
        row_number,
        institution_key,
        reference_date,
        indicator_key,
        year,
        indicator_value,
        row_status

    from placed

)

select * from final
